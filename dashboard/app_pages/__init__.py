"""One thin script a subject: filters, queries, charts; no SQL, no arithmetic.

Not called `pages`: Streamlit takes a folder of that name beside the main script for its older
multipage mode, and then runs the first deep link after a start without app.py around it.
"""
