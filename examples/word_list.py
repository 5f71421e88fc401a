"""Print where a file of an installed package lies, so that `--vocab` can read it. Arguments: the package, the file in it.

python examples/word_list.py programming-languages programming_languages/programming-languages.json
"""

import sys
from importlib.metadata import PackageNotFoundError, distribution

package, file = sys.argv[1:]
try:
    path = distribution(package).locate_file(file)
except PackageNotFoundError:
    sys.exit(f"{package} is not installed: run  pip install {package}")
sys.stdout.write(f"{path}\n")
