namespace Blockwire.Initiator;

/// <summary>A session with the ISID that it holds: closing it logs out and gives the ISID back.</summary>
public sealed class ConnectedSession : IAsyncDisposable
{
    private readonly IsidLease _lease;

    internal ConnectedSession(IscsiSession session, IsidLease lease) => (Session, _lease) = (session, lease);

    /// <summary>The session.</summary>
    public IscsiSession Session { get; }

    /// <summary>One line for the user when the ISID will not be the same next time, or null.</summary>
    public string? Note => _lease.Note;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Session.CloseAsync().ConfigureAwait(false);
        }
        finally
        {
            _lease.Dispose();
        }
    }
}
