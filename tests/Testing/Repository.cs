namespace Blockwire.Testing;

/// <summary>Where things are in the working copy that the tests were built from.</summary>
public static class Repository
{
    /// <summary>The folder that holds Blockwire.slnx.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A path below <see cref="Root"/>.</summary>
    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Blockwire.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Blockwire.slnx above {AppContext.BaseDirectory}: run the tests inside a working copy.");
    }
}
