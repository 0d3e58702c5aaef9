"""One zarr store per speaker and noun, whole or not there at all.

A store is written beside its place and renamed, and lists the digest of every file in its attribute
``manifest``: a missing shard would otherwise read as zeros without a word. Text is kept as codes
with CF ``flag_meanings``.

What grows with a recording is written stretch of time by stretch of time, and read when it is asked
for.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
from zarr.codecs import BloscCodec, Crc32cCodec

from tractable.contracts import BadInput, Contract
from tractable.stretches import CHUNK, GROWING, SHARD, regrouped
from tractable.whole import written_whole

ROOT = "zarr.json"  # the group itself, whose attributes hold the manifest
CHUNK_VIDEO = 64  # frames of images
CHUNK_SOUND = 65536  # samples
CODECS = (BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle"), Crc32cCodec())


def save(data: xr.Dataset | Iterator[xr.Dataset], path: Path, contract: Contract) -> None:
    """Write a checked dataset as one whole store, replacing an older one only at the end.

    Parameters
    ----------
    data : whole, or stretches of time, each with its sound and with all that has no time. The bytes
        are the same, wherever it is cut; no more is held than the setting says, and a shard.
    """
    meanings: dict[str, list[str]] = {}
    stretches = [data] if isinstance(data, xr.Dataset) else data
    with written_whole(path) as partial:
        for k, some in enumerate(regrouped(contract.check(one) for one in stretches)):
            write_stretch(with_codes(some, meanings), partial, first=k == 0)
        write_meanings(partial, meanings)
        write_manifest(partial)


def write_stretch(coded: xr.Dataset, partial: Path, *, first: bool) -> None:
    """Begin a store, or go on with it."""
    options: dict[str, Any] = {"consolidated": False, "write_empty_chunks": True}
    if first:
        encoding = {str(name): layout(variable) for name, variable in coded.variables.items()}
        coded.to_zarr(partial, mode="w", zarr_format=3, encoding=encoding, **options)
        return
    for dim in GROWING:
        other = [name for name, of in coded.variables.items() if dim not in of.dims]
        if coded.sizes.get(dim):
            coded.drop_vars(other).to_zarr(partial, append_dim=dim, **options)


def write_meanings(path: Path, meanings: Mapping[str, list[str]]) -> None:
    """Put what codes stand for, in the order of the alphabet, into the attributes of variables."""
    for name, words in meanings.items():
        place = np.argsort(np.argsort(words)).astype("int16")
        if (np.diff(place) < 0).any():  # a later stretch had words that come before others
            with zarr.config.set({"array.write_empty_chunks": True}):
                codes: Any = zarr.open_array(path / name, mode="r+")
                codes[:] = place[codes[:]]
        variable = json.loads((path / name / ROOT).read_text())
        variable["attributes"]["flag_meanings"] = sorted(words)
        (path / name / ROOT).write_text(json.dumps(variable, indent=2))


def load(path: Path, contract: Contract) -> xr.Dataset:
    """Open a whole store lazily, its variables by name, however the disk lists them.

    Raises
    ------
    BadInput : no store there, files that differ from its manifest, or a broken contract.
    """
    verify(path)
    data = xr.open_zarr(
        path, consolidated=False, chunks=None, decode_times=False, create_default_indexes=False
    )
    del data.attrs["manifest"]
    try:
        return contract.check(by_name(with_text(with_indexes(data))))
    except BadInput as problem:
        raise BadInput(f"{path}: {problem}") from None


def with_indexes(data: xr.Dataset) -> xr.Dataset:
    """Labels of dims to select by, but for samples: an index of them is larger than the sound."""
    for name in data.dims:
        if name in data.variables and name != "sample":
            data = data.set_xindex(str(name))
    return data


def by_name(data: xr.Dataset) -> xr.Dataset:
    """The same variables by name: the order of dims, and of a table's rows, follows from theirs."""
    return data[sorted(map(str, data.variables))]


def verify(path: Path) -> None:
    """Refuse a store that is absent or whose files differ from its manifest."""
    if not path.is_dir():
        raise BadInput(f"{path}: no such store; `dvc pull {path.parent.parent}` may bring it")
    root = path / ROOT
    promised = json.loads(root.read_text())["attributes"].get("manifest") if root.exists() else None
    if promised is None:
        raise BadInput(f"{path}: has no manifest, so it is not a whole store; {remedy(path)}")
    found = members(path)
    wrong = sorted(name for name in promised | found if promised.get(name) != found.get(name))
    if wrong:
        raise BadInput(f"{path}: {', '.join(wrong[:3])} missing or changed; {remedy(path)}")


def remedy(path: Path) -> str:
    return f"remove it and `dvc pull` or `dvc repro` {path.parents[1].name}"


def write_manifest(path: Path) -> None:
    """Put the digests of all other files into the attributes of the group."""
    group = json.loads((path / ROOT).read_text())
    group["attributes"]["manifest"] = members(path)
    (path / ROOT).write_text(json.dumps(group, indent=1) + "\n")


def members(path: Path) -> dict[str, str]:
    """Digest of every file of a store but the group itself."""
    return {name: value for name, value in contents(path).items() if name != ROOT}


def contents(folder: Path) -> dict[str, str]:
    """Digest of every file in a folder, by relative name."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): digest(file) for file in files}


def digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def layout(variable: xr.Variable) -> dict:
    """Chunks, shards and codecs: few files, whatever the length of a recording."""
    chunk, shard = list(variable.shape), list(variable.shape)
    for axis, name in enumerate(variable.dims):
        if name == "sample":
            chunk[axis], shard[axis] = CHUNK_SOUND, 64 * CHUNK_SOUND
        elif name == "time":
            chunk[axis], shard[axis] = CHUNK_VIDEO if "y" in variable.dims else CHUNK, SHARD
    chunk, shard = [max(1, n) for n in chunk], [max(1, n) for n in shard]
    key = {"name": "default", "separator": "."}
    return {"chunks": chunk, "shards": shard, "compressors": CODECS, "chunk_key_encoding": key}


def with_codes(data: xr.Dataset, meanings: dict[str, list[str]]) -> xr.Dataset:
    """Text as integers that index the attribute ``flag_meanings``.

    Parameters
    ----------
    meanings : by variable, what is known of other stretches; new ones are added.
    """
    coded = {}
    for name, variable in data.variables.items():
        if variable.dtype.kind == "U":
            words, codes = np.unique(variable.values, return_inverse=True)
            known = meanings.setdefault(str(name), [])
            known += [word for word in words.tolist() if word not in known]
            code = np.array([known.index(word) for word in words], "int16")
            codes = code[codes.reshape(variable.shape)]
            coded[name] = xr.Variable(variable.dims, codes, {"flag_meanings": list(known)})
    return data.drop_indexes([str(n) for n in coded if n in data.indexes]).assign(
        {str(name): variable for name, variable in coded.items()}
    )


def with_text(data: xr.Dataset) -> xr.Dataset:
    """The text that ``with_codes`` put away."""
    plain = {}
    for name, variable in data.variables.items():
        if "flag_meanings" in variable.attrs:
            meanings = np.array(variable.attrs["flag_meanings"] or [""], dtype=str)
            plain[str(name)] = xr.Variable(variable.dims, meanings[variable.values])
    coordinates = [name for name in plain if name in data.coords]
    return data.drop_vars(plain).assign(plain).set_coords(coordinates)
