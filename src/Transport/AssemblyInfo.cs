using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Blockwire.Transport.Tests")]
