"""The platform as a contestant: a shop filled for measuring, its sellers, and its running programs."""
