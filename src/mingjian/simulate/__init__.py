"""Simulated cameras for demonstration, tests and load: imported by nobody, shares no code with the product."""
