"""A Slurm of its own for the tests: Debian's daemons, two nodes on one machine, one folder."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "sbatch", "squeue", "munged")
NODES = ("node0", "node1")

_CONF = """ClusterName=platekeytest
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
SlurmctldPort={ports[0]}
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/completed.txt
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SlurmdTimeout=6
MessageTimeout=6
BatchStartTimeout=5
KillWait=20
MinJobAge=600
SchedulerParameters=sched_interval=1,batch_sched_delay=0,bf_interval=1
GresTypes=gpu
NodeName=DEFAULT CPUs=1 RealMemory=4000 Gres=gpu:1
NodeName=node0 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]}
NodeName=node1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]}
PartitionName=farm Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def why_not():
    """Why there can be no cluster here; "" if there can."""
    missing = [name for name in PROGRAMS if _program(name) is None]
    if missing:
        return f"no {', '.join(missing)}: apt-get install slurmctld slurmd slurm-client munge"
    return "" if os.geteuid() == 0 else "its daemons are started as root"


class Cluster:
    """The daemons, from `start` to `stop`."""

    def __init__(self, folder):
        self.folder = folder
        self.nodes = {}
        self._daemons = []
        self.environ = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}
        self.environ["PATH"] = os.pathsep.join((os.environ["PATH"], "/usr/sbin"))

    def start(self):
        folder = self.folder
        (folder / "state").mkdir(parents=True)
        os.chmod(folder, 0o755)
        lines = [f"NodeName={name} Name=gpu File=/dev/null\n" for name in NODES]  # no card needed
        (folder / "gres.conf").write_text("".join(lines))
        conf = _CONF.format(host=socket.gethostname(), folder=folder, ports=_free_ports(3))
        (folder / "slurm.conf").write_text(conf)
        key = folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        self._start(
            "munged",
            "--foreground",
            "--force",
            f"--key-file={key}",
            f"--socket={folder}/munge.socket",
            f"--pid-file={folder}/munged.pid",
            f"--log-file={folder}/munged.log",
            f"--seed-file={folder}/munged.seed",
        )
        self._wait_for(lambda: (folder / "munge.socket").exists(), "munged")
        self._start("slurmctld", "-D", "-i")
        for name in NODES:
            self.start_node(name)
        self._wait_for(
            lambda: self.call("sinfo", "-h", "-t", "idle", "-o", "%D") == "2", "idle nodes"
        )

    def start_node(self, name):
        self.nodes[name] = self._start("slurmd", "-D", "-N", name)

    def pull_the_plug(self, name):
        """Kills a node and everything that it runs, without a word to anybody."""
        node = self.nodes.pop(name)
        tasks = [pid for pid, environ in _environments() if f"SLURMD_NODENAME={name}" in environ]
        keepers = {_parent(pid) for pid in tasks} - set(tasks)  # they would tell the controller
        for pid in (node.pid, *keepers, *tasks):
            os.kill(pid, signal.SIGKILL)
        node.wait()

    def call(self, *command):
        done = subprocess.run(
            command, env=self.environ, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}\n{self.logs()}"
        return done.stdout.strip()

    def jobs(self):
        """State of every task by JOBNAME or JOBNAME_INDEX."""
        lines = self.call("squeue", "-h", "-r", "-t", "all", "-o", "%j|%K|%T|%r").splitlines()
        found = {}
        for line in lines:
            name, index, state, reason = line.split("|")
            found[name if index == "N/A" else f"{name}_{index}"] = (state, reason)
        return found

    def wait(self, seconds=300):
        """Waits until nothing is queued or runs; returns the states by name."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            states = self.jobs()
            if all(
                s not in ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "REQUEUED")
                for s, _ in states.values()
            ):
                return {name: state for name, (state, _) in states.items()}
            time.sleep(0.3)
        raise AssertionError(f"still at work: {self.jobs()}\n{self.logs()}")

    def logs(self):
        paths = sorted(self.folder.glob("*.log"))
        return "\n".join(f"--- {p.name}\n{p.read_text(errors='replace')[-3000:]}" for p in paths)

    def stop(self):
        if shutil.which("scancel"):
            subprocess.run(
                ["scancel", "--user=root"],
                env=self.environ,
                check=False,
                capture_output=True,
                timeout=30,
            )
        for process in reversed(self._daemons):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def _start(self, name, *words):
        with open(self.folder / f"{name}-out.log", "ab") as out:
            process = subprocess.Popen(
                [_program(name), *words],
                env=self.environ,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self._daemons.append(process)
        return process

    def _wait_for(self, is_there, what, seconds=40):
        end = time.monotonic() + seconds
        while not is_there():
            assert time.monotonic() < end, f"no {what}\n{self.logs()}"
            time.sleep(0.2)


def _program(name):
    return shutil.which(name, path=os.pathsep.join((os.environ["PATH"], "/usr/sbin")))


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _environments():
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            yield int(path.parent.name), path.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue


def _parent(pid):
    stat = Path(f"/proc/{pid}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])
