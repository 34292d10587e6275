"""Examples of the people list for the API's schema, in the manner of rooms/api_examples.py."""

PERSON = {
    "id": "pe_01jd2p3a5s7d9f1g3h5j7k9l1z",
    "name": "Ana Ruiz",
    "email": "ana@example.com",
    "phone": "+34 ••• •• •• 56",
    "language": "",
    "time_zone": "Europe/Madrid",
    "created_at": "2026-11-22T09:40:00Z",
}
NEW_PERSON = {"name": "Ana Ruiz", "email": "ana@example.com", "phone": "+34600123456"}
FILE = {
    "format": "csv",
    "content": "Name,E-mail,Phone\r\nAna Ruiz,ana@example.com,600 123 456\r\n",
    "update": False,
    "country": "ES",
}
IMPORTED = {
    "added": 1,
    "updated": 0,
    "duplicates": [
        {
            "line": 3,
            "shown": "Ana R.",
            "by": "email",
            "person": PERSON["id"],
            "of_line": 2,
            "updated": False,
        }
    ],
    "faulty": [
        {"line": 4, "shown": "Bob", "why": "“bob@” is not an e-mail address."},
    ],
    "remarks": [
        {"line": 5, "shown": "Eva", "why": "The time zone “Mars” is not known: left out."},
    ],
}
EXPORTED = {"format": "csv", "content": FILE["content"]}
