using Blockwire.Protocol.Authentication;

namespace Blockwire.Cli.Configuration;

/// <summary>Reads `--chap-file`: USER:SECRET on the first line, that of the target on the second. Empty lines and lines from # on are skipped.</summary>
internal static class ChapFileReader
{
    /// <exception cref="CliException">The file cannot be read, or is not of that form. The message tells nothing of what is in it.</exception>
    public static ChapPair Read(FileInfo file)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(file.FullName);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            string why = failure is FileNotFoundException or DirectoryNotFoundException ? "no such file" : failure.Message;
            throw new CliException($"cannot read the CHAP file '{file}': {why}", failure);
        }

        List<ChapCredential> found = [];
        for (int at = 0; at < lines.Length; at++)
        {
            string line = lines[at].Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            found.Add(ChapText.TryRead(line, out ChapCredential? credential, out string? problem)
                ? credential
                : throw new CliException($"{file}: line {at + 1}: {problem}"));
        }

        return found.Count is 1 or 2
            ? new(found[0], found.ElementAtOrDefault(1))
            : throw new CliException($"{file}: USER:SECRET of the initiators on one line, and of the target on a second if it has one; there are {found.Count}");
    }
}
