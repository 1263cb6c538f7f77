"""Reads files with Python's standard library. See helpers/readers.rs for the lines that come in and go out."""

import base64
import configparser
import json
import netrc
import os
import sys
import tempfile
import tomllib
import urllib.parse
import xml.etree.ElementTree


def docker_config(text):
    entry = json.loads(text)["auths"]["registry.example.com"]
    return entry["auth"], entry["email"]


def toml(text):
    server = tomllib.loads(text)["server"]
    return server["password"], server["user"]


def maven_settings(text):
    server = xml.etree.ElementTree.fromstring(text).find("servers/server")
    password = server.find("password").text or ""
    assert server.find("one").get("password") == password
    assert server.find("two").get("password") == password
    return password, server.find("filePermissions").text


def pip_conf(text):
    # pip, twine and botocore read by this class, from a file.
    parser = configparser.RawConfigParser()
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", delete=False) as file:
        file.write(text)
    try:
        parser.read(file.name, encoding="utf-8")
    finally:
        os.unlink(file.name)
    assert parser.sections() == ["global"]
    return parser["global"]["password"], parser["global"]["user"]


def netrc_file(text):
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", delete=False) as file:
        file.write(text)
    try:
        hosts = netrc.netrc(file.name)
    finally:
        os.unlink(file.name)
    assert sorted(hosts.hosts) == ["after.example.com", "git.example.com"]
    login, _, password = hosts.authenticators("git.example.com")
    assert login == password
    return password, hosts.authenticators("after.example.com")[2]


def url(text):
    parts = urllib.parse.urlsplit(text)
    assert parts.hostname == "git.example.com" and parts.port == 8443
    password = urllib.parse.unquote(parts.password)
    assert urllib.parse.unquote(parts.username) == password
    return password, urllib.parse.unquote(parts.path[1:])


def main():
    for line in sys.stdin:
        reader, file = line.split()
        try:
            fields = globals()[reader](base64.b64decode(file).decode())
            print(" ".join("=" + base64.b64encode(field.encode()).decode() for field in fields))
        except Exception as error:
            print("!" + repr(error).replace("\n", " "))


main()
