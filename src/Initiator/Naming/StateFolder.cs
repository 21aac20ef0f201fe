namespace Blockwire.Initiator;

/// <summary>Where an initiator keeps what must outlive it: its name and its ISIDs.</summary>
public static class StateFolder
{
    /// <summary>
    /// BLOCKWIRE_STATE, or blockwire below XDG_STATE_HOME or ~/.local/state; on Windows below the user's local data. Null when nothing tells. The folder need
    /// not exist.
    /// </summary>
    /// <param name="variable">The value of an environment variable, or null.</param>
    public static string? Find(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        if (variable("BLOCKWIRE_STATE") is { Length: > 0 } own)
        {
            return own;
        }

        if (OperatingSystem.IsWindows())
        {
            return variable("LOCALAPPDATA") is { Length: > 0 } local ? Path.Combine(local, "blockwire") : null;
        }

        // A relative XDG_STATE_HOME is to be ignored, as the XDG Base Directory Specification says.
        return variable("XDG_STATE_HOME") is { Length: > 0 } state && Path.IsPathFullyQualified(state) ? Path.Combine(state, "blockwire")
            : variable("HOME") is { Length: > 0 } home ? Path.Combine(home, ".local", "state", "blockwire")
            : null;
    }

    /// <summary>Reads a small file, or makes it: whoever comes first decides what stands in it, and nobody sees half of it.</summary>
    /// <exception cref="IOException">Neither works.</exception>
    /// <exception cref="UnauthorizedAccessException">Neither is allowed.</exception>
    internal static string ReadOrCreate(string path, Func<string> content)
    {
        if (File.Exists(path))
        {
            return File.ReadAllText(path).Trim();
        }

        string temporary = WriteTemporary(path, content());
        try
        {
            File.Move(temporary, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(temporary);
        }

        return File.ReadAllText(path).Trim();
    }

    /// <summary>Replaces a small file as a whole.</summary>
    internal static void Replace(string path, string content) => File.Move(WriteTemporary(path, content), path, overwrite: true);

    /// <summary>Makes a folder that other users cannot look into.</summary>
    internal static void Create(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static string WriteTemporary(string path, string content)
    {
        Create(Path.GetDirectoryName(path)!);
        string temporary = $"{path}.{Guid.NewGuid():N}";
        File.WriteAllText(temporary, content + "\n");
        return temporary;
    }
}
