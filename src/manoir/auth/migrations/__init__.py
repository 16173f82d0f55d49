"""Migrations of users, groups and permissions."""
