namespace Blockwire.Initiator;

/// <summary>An ISID that nobody else uses towards the same target until it is given back.</summary>
public sealed class IsidLease : IDisposable
{
    private readonly FileStream? _lock;

    internal IsidLease(Isid isid, FileStream? held, string? note) => (Isid, _lock, Note) = (isid, held, note);

    /// <summary>The ISID.</summary>
    public Isid Isid { get; }

    /// <summary>One line for the user when the ISID will not be the same next time, or null.</summary>
    public string? Note { get; }

    /// <summary>Gives it back, when the session is over. The end of the process does the same.</summary>
    public void Dispose() => _lock?.Dispose();
}
