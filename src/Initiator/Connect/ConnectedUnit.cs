namespace Blockwire.Initiator;

/// <summary>A logical unit with the sessions that lead to it: closing it logs all of them out.</summary>
public sealed class ConnectedUnit : IAsyncDisposable
{
    private readonly IReadOnlyList<ConnectedSession> _sessions;
    private readonly IReadOnlyList<SessionPath> _paths;
    private readonly MultipathUnit? _multipath;

    internal ConnectedUnit(LogicalUnit unit, IReadOnlyList<ConnectedSession> sessions, IReadOnlyList<SessionPath> paths, MultipathUnit? multipath) =>
        (Unit, _sessions, _paths, _multipath) = (unit, sessions, paths, multipath);

    /// <summary>The unit.</summary>
    public LogicalUnit Unit { get; }

    /// <summary>The sessions: one, or one for each portal group.</summary>
    public IEnumerable<IscsiSession> Sessions => _sessions.Select(static one => one.Session);

    /// <summary>The paths of a unit that is reached through several portal groups; null with one session.</summary>
    public MultipathUnit? Multipath => _multipath;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_multipath is not null)
        {
            await _multipath.DisposeAsync().ConfigureAwait(false);
        }

        await CloseAsync(_paths, _sessions).ConfigureAwait(false);
    }

    // All at the same time: each may have to wait for its target.
    internal static async Task CloseAsync(IEnumerable<SessionPath> paths, IEnumerable<ConnectedSession> sessions)
    {
        foreach (SessionPath path in paths)
        {
            path.Dispose();
        }

        await Task.WhenAll(sessions.Select(static session => session.DisposeAsync().AsTask())).ConfigureAwait(false);
    }
}
