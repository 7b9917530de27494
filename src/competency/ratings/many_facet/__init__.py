"""Many-facet models: correlated traits, assessors with severity and halo, by message passing."""
