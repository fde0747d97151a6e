"""The Streamlit pages of ragkit."""
