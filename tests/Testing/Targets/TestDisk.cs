namespace Blockwire.Testing.Targets;

/// <summary>A LUN that a test wants, in the words that every target under test understands.</summary>
/// <param name="LengthBytes">Size; a file that exists already has this size.</param>
public sealed record TestDisk(long LengthBytes)
{
    /// <summary>The file that keeps the data; null when it may go with the target.</summary>
    public string? Path { get; init; }

    public bool Thin { get; init; }

    public bool Removable { get; init; }

    public bool ReadOnly { get; init; }

    /// <summary>The disk as `blockwire serve` takes it.</summary>
    public string ToDiskUri()
    {
        string[] options =
        [
            .. Path is null ? Array.Empty<string>() : [$"size={LengthBytes}"],
            $"thin={(Thin ? "on" : "off")}",
            .. Removable ? ["removable"] : Array.Empty<string>(),
            .. ReadOnly ? ["readonly"] : Array.Empty<string>(),
        ];
        return (Path is null ? $"memory:{LengthBytes}" : $"file:{Path}") + "?" + string.Join('&', options);
    }
}
