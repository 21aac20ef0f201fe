namespace Blockwire.Storage;

/// <summary>A small file that is replaced as a whole: after a crash there is the old content or the new, never a part of either.</summary>
public static class DurableFile
{
    private const string DraftSuffix = ".new";

    /// <summary>The whole content; null when there is no such file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static byte[]? Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// Puts content in the place of what the file has and returns when it is on stable storage: another file is written and flushed, renamed, and the name
    /// flushed with its directory. One caller at a time for each path.
    /// </summary>
    /// <exception cref="IOException">It could not. The old content is there, or, when only the flush of the name failed, either.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        string draft = path + DraftSuffix;
        using (FileStream file = new(draft, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(draft, path, overwrite: true);
        if (LinuxFileCalls.IsSupported) NewFile.SyncName(path);
    }

    /// <summary>Makes a directory that survives a crash, and those above it that are missing.</summary>
    /// <exception cref="IOException">It could not.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not.</exception>
    public static void CreateDirectory(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Directory.Exists(full)) return;
        if (Path.GetDirectoryName(full) is { } above) CreateDirectory(above);
        Directory.CreateDirectory(full);
        if (LinuxFileCalls.IsSupported) NewFile.SyncName(full);
    }
}
