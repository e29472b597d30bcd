import os
import sys
import sysconfig

told = [dict(os.environ), sys.argv, sys.orig_argv, sys.path, sys.flags, os.getcwd(), os.uname(), os.getgroups()]
print(told)
