"""Fills the database with a few tasks."""
from dotenv import load_dotenv

load_dotenv()
