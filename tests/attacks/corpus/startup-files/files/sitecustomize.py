import builtins

builtins.pm_attack_ran = True
