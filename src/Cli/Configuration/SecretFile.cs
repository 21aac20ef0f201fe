namespace Blockwire.Cli.Configuration;

/// <summary>Looks after files that hold secrets.</summary>
internal static class SecretFile
{
    /// <summary>True when users who are neither the owner nor in the file's group can read it. Always false where files have no such mode.</summary>
    public static bool IsReadByOthers(FileInfo file) =>
        !OperatingSystem.IsWindows() && file.Exists && File.GetUnixFileMode(file.FullName).HasFlag(UnixFileMode.OtherRead);
}
