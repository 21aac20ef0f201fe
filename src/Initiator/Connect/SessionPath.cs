using Blockwire.Protocol.Initiator;

namespace Blockwire.Initiator;

/// <summary>A session as one of several paths.</summary>
internal sealed class SessionPath : IPathState, IDisposable
{
    private readonly Lock _gate = new();
    private readonly IscsiSession _session;
    private TaskCompletionSource<bool>? _renewal;
    private bool _isOver;

    public SessionPath(IscsiSession session)
    {
        _session = session;
        IsConnected = !session.IsOver;
        session.Noticed += OnNoticed;
    }

    public event EventHandler? Changed;

    public bool IsConnected { get; private set; }

    /// <summary>
    /// The new session comes with the old one's ISID and so reinstates it: the target ends the old one's tasks before the login is answered (RFC 7143 §6.3.5).
    /// </summary>
    public async ValueTask<bool> WaitForLostTasksAsync(CancellationToken cancellationToken)
    {
        Task<bool> renewed;
        lock (_gate)
        {
            if (_isOver)
            {
                return false;
            }

            if (_renewal is null)
            {
                return true; // the session is there: that which has lost a command has been reinstated since
            }

            renewed = _renewal.Task;
        }

        return await renewed.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _session.Noticed -= OnNoticed;

    private void OnNoticed(object? sender, SessionNoticeEventArgs told)
    {
        TaskCompletionSource<bool>? renewal = null;
        lock (_gate)
        {
            switch (told.Notice.Event)
            {
                case InitiatorEvent.SessionLost:
                    _renewal ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
                    IsConnected = false;
                    break;
                case InitiatorEvent.SessionUp or InitiatorEvent.SessionRenewed:
                    (renewal, _renewal) = (_renewal, null);
                    IsConnected = true;
                    break;
                case InitiatorEvent.SessionClosed:
                    (renewal, _isOver) = (_renewal, true);
                    IsConnected = false;
                    break;
                default:
                    return;
            }
        }

        renewal?.TrySetResult(IsConnected);
        Changed?.Invoke(this, EventArgs.Empty);
    }
}
