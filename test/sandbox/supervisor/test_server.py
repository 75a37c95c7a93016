"""The supervisor's answers to clients that make mistakes, and to its own faults."""

import errno
import json
import os
import unittest

from plain_sandbox import PlainLauncher, SupervisorTest, open_descriptors
from supervisor.connection import PREFIX
from supervisor.file_access import fork_file_job


class BadRequests(SupervisorTest):
    def test_a_missing_field_is_named_and_the_connection_stays(self):
        for header, problem in (
            ({'op': 'read', 'path': '/a'}, 'read: no field maxBytes'),
            ({'op': 'read', 'path': 3, 'maxBytes': 1}, 'read: path is int'),
            ({'op': 'read', 'path': '/a', 'maxBytes': True}, 'read: maxBytes is bool'),
            ({'op': 'write', 'path': '/a', 'executable': False}, 'write: no field id'),
            ({'op': 'find_writing', 'id': None}, 'find_writing: id is NoneType'),
            ({'op': 'cancel'}, 'cancel: no field commandId'),
            ({'op': 'run', 'hasStdin': False, 'command': {'id': 'a'}}, 'run.command: no field argv'),
            ({'op': 'hide', 'entries': ['/a']}, 'hide.entries: holds what is no object'),
            ({'op': 'dance'}, 'unknown operation dance'),
            ({'op': 'serve'}, 'unknown operation serve'),
        ):
            with self.subTest(problem):
                self.assertEqual(self.ask(header), ({'request': 7, 'error': problem}, b''))
        self.assertEqual(self.ask({'op': 'hello'})[0]['id'], 'a sandbox')

    def test_what_is_no_request_ends_the_connection_with_a_last_word(self):
        for text, problem in (
            (b'[1]', 'a header without request and op'),
            (b'{}', 'a header without request and op'),
            (b'{"op": 1, "request": 1}', 'a header without request and op'),
            (b'{"op"', 'a header that is not JSON'),
        ):
            with self.subTest(text):
                self.client, self.connection = self.connect()
                self.send(text)
                header, _ = self.answer()
                self.assertIsNone(header['request'])
                self.assertIn(problem, header['error'])
                self.assertIsNone(self.answer())
                self.assertIn(problem, self.logged())

    def test_an_enormous_message_is_refused_before_it_is_received(self):
        self.client.sendall(PREFIX.pack(2, (256 << 20) + 1))
        self.assertIn('beyond the limits', self.answer()[0]['error'])


class FaultyLauncher(PlainLauncher):
    def hide(self, entries):
        return {}['a fault of ours']

    def start(self, command, stdin):
        raise OSError(errno.EMFILE, 'Too many open files')


class OwnFaults(SupervisorTest):
    launcher_class = FaultyLauncher

    def test_a_fault_of_the_program_is_answered_and_logged_with_its_place(self):
        header, _ = self.ask({'op': 'hide', 'entries': []})
        self.assertEqual(header['error'], "hide failed: KeyError: 'a fault of ours'")
        self.assertIn('Traceback', self.logged())
        self.assertIn('in hide', self.logged())
        self.assertEqual(self.ask({'op': 'hello'})[0]['id'], 'a sandbox')

    def test_a_refusal_of_the_kernel_is_answered_and_logged(self):
        header, _ = self.run_command('a', 'true')
        self.assertIn('Too many open files', header['error'])
        self.assertIn('run failed', self.logged())

    def test_a_door_that_cannot_be_opened_does_not_end_the_sandbox(self):
        def accept():
            raise OSError(errno.EMFILE, 'Too many open files')

        self.supervisor.watch_door(True)
        self.supervisor.door.accept = accept
        self.supervisor.accept(None)
        self.assertIn('no client can come in', self.logged())
        self.assertFalse(self.supervisor.door_watched)
        self.supervisor.housekeeping_at = 0
        self.supervisor.look_at_the_clock()
        self.assertTrue(self.supervisor.door_watched)

    def test_a_fault_outside_of_requests_is_told_to_every_client_before_the_end(self):
        self.supervisor.watch_signals = lambda: None

        def tick():
            raise TypeError('a fault of ours')

        self.supervisor.launcher.tick = tick
        with self.assertRaises(TypeError):
            self.supervisor.serve()
        self.assertIn('the supervisor has failed: TypeError: a fault of ours', self.answer()[0]['error'])
        self.assertIn('Traceback', self.logged())


class SlowlyKillingLauncher(PlainLauncher):
    kills = 0

    def kill(self, launched):
        self.kills += 1
        if self.kills > 3:
            super().kill(launched)


class SlowKills(SupervisorTest):
    launcher_class = SlowlyKillingLauncher

    def test_the_supervisor_sleeps_until_it_kills_again(self):
        command = {
            'id': 'a', 'argv': ['sleep', '60'], 'cwd': '/', 'env': {},
            'timeoutMs': 1, 'loadPatienceMs': 0, 'outputCapBytes': 1, 'separateStderr': False,
        }  # fmt: skip
        self.send({'request': 7, 'op': 'run', 'hasStdin': False, 'command': command})
        moments = []
        while self.supervisor.launcher.kills < 3:
            self.turn()
            for running in self.supervisor.commands.running.values():
                if running.kill_at is not None:
                    # As after some time: nobody looks any more at what is killed.
                    running.share.next_look = 0
                    moments.append(self.supervisor.commands.next_moment() - running.kill_at)
        self.assertEqual(set(moments), {0})
        self.assertEqual(self.answer()[0]['ending'], 'timed-out')


class DyingLauncher(PlainLauncher):
    def become_agent(self):
        # As when memory runs out: a report was begun, and the child is gone.
        os.write(self.report.fileno(), b'{"prob')
        os._exit(9)

    def start_file_job(self, operation, header, body):
        self.report = None

        def child(target, report):
            self.report = report
            self.become_agent()

        return fork_file_job(self, child)


class UnfinishedReports(SupervisorTest):
    launcher_class = DyingLauncher

    def test_a_child_that_dies_in_its_report_is_an_answer(self):
        header, _ = self.ask({'op': 'read', 'path': '/a', 'maxBytes': 1})
        self.assertIn('ended with wait status', header['error'])
        self.assertIn('{"prob', header['error'])

    def test_a_writing_of_which_nobody_knows_what_it_did_may_be_done_again(self):
        writing = {'op': 'write', 'path': '/a', 'executable': False, 'id': 'once'}
        self.assertIn('ended with wait status', self.ask(writing)[0]['error'])
        self.assertEqual(self.ask({'op': 'find_writing', 'id': 'once'}), ({'request': 7, 'unknown': True}, b''))


class Descriptors(SupervisorTest):
    def test_any_number_of_long_outputs_costs_one_descriptor(self):
        before = open_descriptors()
        for number in range(25):
            header, body = self.run_command(f'command-{number}', 'sh', '-c', f'head -c 100000 /dev/zero; echo {number}')
            self.assertEqual((header['exitCode'], body[-len(f'{number}\n') :]), (0, f'{number}\n'.encode()))
        self.assertEqual(open_descriptors(), before + 1)
        # Asked for again, each is what it was.
        for number in (24, 3, 11):
            _, body = self.run_command(f'command-{number}', 'false')
            self.assertEqual(body, bytes(100000) + f'{number}\n'.encode())

    def test_short_outputs_and_files_cost_none(self):
        before = open_descriptors()
        for number in range(10):
            self.run_command(f'command-{number}', 'echo', 'a word')
            self.ask({'op': 'read', 'path': '/etc/hostname', 'maxBytes': 1 << 20})
            self.ask({'op': 'snapshot'})
        self.assertEqual(open_descriptors(), before)

    def test_a_client_that_goes_away_before_its_answer_is_written_leaves_none(self):
        before = open_descriptors()
        self.run_command('long', 'sh', '-c', 'head -c 1000000 /dev/zero')
        with_result = open_descriptors()
        self.assertEqual(with_result, before + 1)
        for _ in range(5):
            client, connection = self.connect()
            client.sendall(self.request_for('long'))
            while not connection.outgoing:
                self.turn()
            client.close()
            while connection.open:
                self.turn()
        self.assertEqual(open_descriptors(), with_result)

    @staticmethod
    def request_for(name):
        command = {
            'id': name, 'argv': ['true'], 'cwd': '/', 'env': {},
            'timeoutMs': 1, 'loadPatienceMs': 0, 'outputCapBytes': 1, 'separateStderr': False,
        }  # fmt: skip
        text = json.dumps({'request': 1, 'op': 'run', 'hasStdin': False, 'command': command}).encode()
        return PREFIX.pack(len(text), 0) + text


class FullLauncher(PlainLauncher):
    problem = errno.ENOSPC

    def unnamed_file(self):
        raise OSError(self.problem, os.strerror(self.problem))


class FullDisks(SupervisorTest):
    launcher_class = FullLauncher

    def test_a_full_disk_costs_memory_and_no_result(self):
        for _ in range(2):
            self.assertEqual(len(self.run_command('a', 'head', '-c', '100000', '/dev/zero')[1]), 100000)
        self.assertEqual(self.logged(), '')

    def test_another_problem_of_the_disk_is_said(self):
        self.supervisor.launcher.problem = errno.EIO
        self.assertEqual(len(self.run_command('a', 'head', '-c', '100000', '/dev/zero')[1]), 100000)
        self.assertIn('stays in memory: [Errno 5]', self.logged())


if __name__ == '__main__':
    unittest.main()
