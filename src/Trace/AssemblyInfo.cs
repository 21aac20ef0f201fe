using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Blockwire.Trace.Tests")]
