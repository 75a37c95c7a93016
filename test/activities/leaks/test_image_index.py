"""What the index of an image costs in memory and look-ups, and what becomes of archives that are too large."""

import errno
import gzip
import io
import os
import random
import tarfile
import tempfile
import tracemalloc
import unittest
import zipfile
from unittest import mock

import image_index

SOURCE = ''.join(f'value_{number} = compute_something(number_{number})\n' for number in range(12))
REQUEST = {'hostDirectories': [], 'skip': [], 'seconds': 3600, 'places': 1000}
# Small bounds: what is large is then a megabyte, and read in no time.
SMALL = {'MEMBER_BYTES': 1 << 18, 'PIECE_BYTES': 1 << 18, 'BINARY_BYTES': 1 << 17, 'CHUNK_BYTES': 1 << 14}


def small(**more):
    return mock.patch.multiple(image_index, **{**SMALL, **more})


def lines(size, seed=1):
    """Text of this size with no line of the tree in it."""
    line = f'{random.Random(seed).random()} is a line of other text\n'
    return (line * (size // len(line) + 1))[:size].encode()


def noise(size):
    return random.Random(2).randbytes(size)


def tarred(members, mode=''):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=f'w:{mode}' if mode else 'w') as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def zipped(members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


class ImageTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = os.path.realpath(directory.name)
        self.write('repo/package/module.py', SOURCE.encode())

    def write(self, name, content):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as handle:
            handle.write(content)

    def image(self):
        tree = image_index.Tree(os.path.join(self.root, 'repo'))
        image = image_index.Image(tree, REQUEST)
        image.walk(self.root)
        return image

    def windows_at(self, image, name):
        path = os.path.join(self.root, name)
        return next((len(place['windows']) for place in image.places if place['path'] == path), 0)

    @property
    def all_windows(self):
        return len(SOURCE.splitlines()) - 2


class LargeMembers(ImageTest):
    def test_the_source_is_found_behind_a_large_member_and_in_the_middle_of_one(self):
        middle = lines(5 << 18) + b'\n' + SOURCE.encode() + lines(3 << 18)
        archives = {
            'cache/behind.tar': tarred({'large.txt': lines(5 << 18), 'module.py': SOURCE.encode()}),
            'cache/middle.tar': tarred({'large.txt': middle}),
            'cache/middle.tar.gz': tarred({'large.txt': middle}, 'gz'),
            'cache/middle.zip': zipped({'large.txt': middle}),
            'cache/middle.txt.gz': gzip.compress(middle, 1),
            'cache/binary.tar': tarred({'large.db': noise(5 << 18), 'module.py': SOURCE.encode()}),
            'cache/tar-in.tar': tarred({'layer.tar': tarred({'large.txt': middle})}),
            'cache/gz-in.zip': zipped({'layer.tar.gz': tarred({'noise': noise(4 << 18), 'large.txt': middle}, 'gz')}),
            'cache/zip-in.tar': tarred({'wheel.whl': zipped({'noise': noise(4 << 18), 'module.py': SOURCE.encode()})}),
            'cache/zip-behind-headers.tar': tarred(
                {'wheel': b'cc=4,\x82\xa8' + bytes(2000) + zipped({'noise': noise(4 << 18), 'a.py': SOURCE.encode()})}
            ),
        }
        for name, content in archives.items():
            self.write(name, content)
        with small():
            image = self.image()
        for name in archives:
            with self.subTest(name):
                self.assertEqual(self.windows_at(image, name), self.all_windows)
        self.assertEqual((image.looked['damaged'], image.looked['unread'], image.repositories), (0, 0, []))

    def test_windows_over_the_cut_of_two_pieces_are_found(self):
        for shift in range(0, 600, 37):
            self.write(f'cache/{shift}.txt', lines((1 << 18) - shift) + b'\n' + SOURCE.encode() + lines(1 << 18))
        with small():
            image = self.image()
        for shift in range(0, 600, 37):
            self.assertEqual(self.windows_at(image, f'cache/{shift}.txt'), self.all_windows, shift)

    def test_what_comes_before_the_damaged_place_of_a_large_member_is_found(self):
        whole = tarred({'first.py': SOURCE.encode(), 'noise': noise(6 << 18)}, 'gz')
        self.write('cache/cut.tar.gz', whole[: len(whole) // 2])
        self.write('cache/cut-in.tar', tarred({'layer.tar.gz': whole[: len(whole) // 2], 'after.py': SOURCE.encode()}))
        with small():
            image = self.image()
        self.assertEqual(self.windows_at(image, 'cache/cut.tar.gz'), self.all_windows)
        self.assertEqual(self.windows_at(image, 'cache/cut-in.tar'), self.all_windows)
        self.assertGreaterEqual(image.looked['damaged'], 2)

    def peak_for(self, content):
        self.write('cache/archive', content)
        with small():
            tracemalloc.start()
            try:
                self.image()
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    def test_memory_does_not_grow_with_a_member(self):
        for kind, pack in (
            ('tar', lambda size: tarred({'large.txt': lines(size)})),
            ('tar.gz', lambda size: tarred({'large.txt': lines(size)}, 'gz')),
            ('zip', lambda size: zipped({'large.txt': lines(size)})),
            ('gz', lambda size: gzip.compress(lines(size), 1)),
            ('zip in tar', lambda size: tarred({'large.zip': zipped({'noise': noise(size)})})),
        ):
            with self.subTest(kind):
                some, more = self.peak_for(pack(1 << 20)), self.peak_for(pack(5 << 20))
                # Four megabytes more in the file, and less than a quarter of one more in memory.
                self.assertLess(more - some, 1 << 18)

    def test_a_member_below_the_bound_is_held_once(self):
        size = 3 << 20
        content = tarred({'noise.db': b'\0' + noise(size)})
        self.write('cache/archive', content)
        with small(MEMBER_BYTES=4 << 20):
            tracemalloc.start()
            try:
                self.image()
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
        # A buffer that grows has an eighth to spare.
        self.assertLess(peak, size * 1.25)


class TooLargeArchives(ImageTest):
    def test_a_bomb_is_taken_away_and_the_rest_of_the_image_is_indexed(self):
        self.write('cache/bomb.zip', zipped({'a.txt': lines(3 << 20)}))
        self.write('cache/bomb.tar.gz', tarred({'a.txt': lines(3 << 20)}, 'gz'))
        self.write('cache/nested.tar', tarred({'one.gz': gzip.compress(lines(3 << 20)), 'two.py': SOURCE.encode()}))
        self.write('cache/whole.tar', tarred({'module.py': SOURCE.encode()}))
        with small(UNFOLDED_BYTES=2 << 20):
            image = self.image()
        self.assertEqual(self.windows_at(image, 'cache/whole.tar'), self.all_windows)
        self.assertEqual(
            sorted(
                (os.path.relpath(found['path'], self.root), found['kind'], found['related'])
                for found in image.repositories
            ),
            [(f'cache/{name}', 'unread', True) for name in ('bomb.tar.gz', 'bomb.zip', 'nested.tar')],
        )
        self.assertEqual(image.looked['unread'], 3)

    def test_each_file_has_the_bound_for_itself(self):
        for number in range(6):
            self.write(f'cache/{number}.gz', gzip.compress(lines(3 << 18, number)))
        with small(UNFOLDED_BYTES=1 << 20):
            self.assertEqual(self.image().looked['unread'], 0)

    def test_a_zip_in_an_archive_that_the_disk_has_no_room_for_is_taken_away(self):
        class FullDisk(io.BytesIO):
            def write(self, content):
                raise OSError(errno.ENOSPC, 'No space left on device')

        self.write('cache/zip-in.tar', tarred({'large.whl': zipped({'noise': noise(4 << 18)})}))
        with small(), mock.patch.object(image_index.tempfile, 'TemporaryFile', FullDisk):
            image = self.image()
        self.assertEqual([found['kind'] for found in image.repositories], ['unread'])


class CountingPath(str):
    comparisons = 0

    def __eq__(self, other):
        CountingPath.comparisons += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


class Lookups(ImageTest):
    def comparisons(self, files):
        for number in range(files):
            # In the tree, and all with text of another file of it.
            self.write(f'repo/package/copy_{number:04}.py', (SOURCE + f'own_line_{number} = {number}\n').encode())
        relative = os.path.relpath
        with mock.patch.object(image_index.os.path, 'relpath', lambda *paths: CountingPath(relative(*paths))):
            tree = image_index.Tree(os.path.join(self.root, 'repo'))
            CountingPath.comparisons = 0
            image_index.Image(tree, REQUEST).walk(self.root)
        return CountingPath.comparisons

    def test_paths_are_looked_up_and_not_searched_for(self):
        few, many = self.comparisons(40), self.comparisons(160)
        # Four times the files cost some four times the comparisons, not sixteen times.
        self.assertLess(many, 6 * few)


class OwnFaults(ImageTest):
    def test_a_fault_of_the_program_is_not_taken_for_a_damaged_archive(self):
        self.write('cache/whole.tar', tarred({'module.py': SOURCE.encode()}))
        faulty = mock.patch.object(image_index, 'windows_in', side_effect=TypeError('a fault of ours'))
        with faulty, self.assertRaisesRegex(TypeError, 'a fault of ours'):
            self.image()


if __name__ == '__main__':
    unittest.main()
