"""The database: engine, transactions, migrations, jobs. SQLite by default, PostgreSQL at scale; one schema."""
