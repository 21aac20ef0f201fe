using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Blockwire.Wire.Tests")]
