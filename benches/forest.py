"""A forest that answers like Active Directory, with DirSync: there a membership travels alone, not with its group."""
import subprocess


class Forest:
    """The example `forest` of the crate `lab`: it changes when it is told to."""

    def __init__(self, program, people, groups, large):
        self.process = subprocess.Popen([str(program), str(people), str(groups), str(large)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.url, bind_dn, password = self.process.stdout.readline().split()
        self.account = bind_dn.replace("\\20", " "), password
        self.base = None

    def tell(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        if self.process.stdout.readline().strip() != "done":
            raise RuntimeError(f"the forest did not understand {words}")

    def down(self):
        self.process.stdin.close()
        self.process.wait()
