namespace Blockwire.Initiator;

/// <summary>Paths cannot be used together, or none can be used.</summary>
/// <param name="message">Which paths, what is wrong, what to try.</param>
/// <param name="innerException">The cause, if there is one.</param>
public sealed class MultipathException(string message, Exception? innerException = null) : IOException(message, innerException);

/// <summary>What has happened to a path.</summary>
public enum PathChange
{
    /// <summary>It can be used.</summary>
    Up,

    /// <summary>It cannot.</summary>
    Down,

    /// <summary>Its target port group is in another state.</summary>
    AccessState,

    /// <summary>It leads to another unit than the others: it is not used until it does no more.</summary>
    Refused,
}

/// <summary>Something has happened to a path.</summary>
/// <param name="path">The path.</param>
/// <param name="change">What.</param>
/// <param name="description">The same in words, with the cause.</param>
public sealed class PathEventArgs(string path, PathChange change, string description) : EventArgs
{
    /// <summary>The path.</summary>
    public string Path { get; } = path;

    /// <summary>What has happened.</summary>
    public PathChange Change { get; } = change;

    /// <summary>The same in words, with the cause.</summary>
    public string Description { get; } = description;
}
