"""Commands of migrations: makemigrations, migrate, showmigrations, sqlmigrate."""
