namespace Blockwire.Protocol.Session;

/// <content>What a session that nobody uses lets go of, so that thousands of them cost little.</content>
public sealed partial class TargetSession
{
    private static readonly TimeSpan _quietAfter = TimeSpan.FromSeconds(2);

    /// <summary>No task is left and nothing has come for two seconds: what is kept for reuse is likely not to be used soon.</summary>
    public bool IsQuiet(TimeSpan now)
    {
        if (_tasks.Count > 0)
        {
            return false;
        }

        foreach (TargetConnection connection in _connections)
        {
            if (now - connection.Probe.HeardAt < _quietAfter)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Gives up room that was made for more commands than there are now. It is made again when it is needed.</summary>
    public void Rest()
    {
        _window.Rest();
        _tasks.TrimExcess();
        _answered.TrimExcess();
        _acknowledgeTags.TrimExcess();
        foreach (TargetConnection connection in _connections)
        {
            connection.Outgoing.Rest();
        }
    }
}
