"""What is done at tills. Each use case has its file; `from tills import services as tills`."""
