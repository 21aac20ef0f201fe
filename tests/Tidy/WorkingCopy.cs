using Blockwire.Testing;

namespace Blockwire.Tidy.Tests;

/// <summary>The files of the working copy, without what builds leave behind.</summary>
internal static class WorkingCopy
{
    private static readonly string[] Left = [".git", "artifacts", "bin", "obj", "TestResults", "BenchmarkDotNet.Artifacts", "__pycache__", ".vs", ".vscode", ".idea"];

    private static readonly string[] Binary = [".bin", ".pcap", ".png", ".img"];

    /// <summary>Paths of all text files, relative to the root, with forward slashes, in order.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Repository.Root).Order(StringComparer.Ordinal)];

    /// <summary>Text files below a folder with one of the endings.</summary>
    public static IEnumerable<string> Below(string folder, params string[] endings) =>
        Files.Where(it => it.StartsWith($"{folder}/", StringComparison.Ordinal) && endings.Any(it.EndsWith));

    public static string[] Lines(string path) => File.ReadAllLines(Repository.At(path));

    public static string Text(string path) => File.ReadAllText(Repository.At(path));

    /// <summary>Fails with every finding on a line of its own.</summary>
    public static void AssertNone(IEnumerable<string> findings, string rule)
    {
        string[] all = [.. findings];
        Assert.True(all.Length == 0, $"{rule}\n{string.Join('\n', all)}");
    }

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            if (!Binary.Contains(Path.GetExtension(file)) && Path.GetFileName(file) != ".git")
            {
                yield return Path.GetRelativePath(Repository.Root, file).Replace('\\', '/');
            }
        }

        foreach (string child in Directory.EnumerateDirectories(folder))
        {
            if (!Left.Contains(Path.GetFileName(child)))
            {
                foreach (string file in Walk(child))
                {
                    yield return file;
                }
            }
        }
    }
}
