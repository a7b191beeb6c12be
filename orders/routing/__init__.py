"""Which locations send an order: a pure solver (`problem`, `solving`, `explaining`), and what it reads and keeps."""
