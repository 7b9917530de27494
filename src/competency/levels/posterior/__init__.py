"""Beliefs over levels given the parameters: observations, network of normals, scoring."""
