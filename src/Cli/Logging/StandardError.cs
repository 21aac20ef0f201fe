using System.Text;
using Blockwire.Cli.Streams;

namespace Blockwire.Cli.Logging;

/// <summary>Standard error as text. It takes no lock that standard output takes: nobody may wait there because nobody reads the log.</summary>
internal static class StandardError
{
    /// <summary>A writer for any thread. What it holds goes out when it is flushed.</summary>
    public static TextWriter OpenWriter() => TextWriter.Synchronized(new StreamWriter(DescriptorStream.OpenError(), new UTF8Encoding(false)));
}
