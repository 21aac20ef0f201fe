using Blockwire.Protocol.Session;
using Blockwire.Scsi.Device;
using Blockwire.Transport;
using Microsoft.Extensions.Logging;

namespace Blockwire.Target;

/// <summary>What every part of a running server shares.</summary>
internal sealed class ServerContext(TargetServerOptions options, ILogger logger, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly ushort[] _groups = [.. options.Portals.Select(portal => portal.PortalGroupTag).Distinct().Order()];

    private readonly HashSet<ushort> _handles = [];
    private readonly Lock _handlesGate = new();
    private ushort _lastHandle;
    private int _logins;

    public TargetServerOptions Options { get; } = options;

    /// <summary>What holds for every session.</summary>
    public TargetSessionOptions SessionOptions { get; } = options.Session with { AllowTargetReset = options.AllowTargetReset };

    public BlockPool Pool { get; } = new();

    public ServerLog Log { get; } = new(logger, time);

    public TargetStatistics Statistics { get; } = new();

    public TimeProvider Time { get; } = time;

    /// <summary>The portals with the addresses that were bound; set before the first connection is accepted.</summary>
    public IReadOnlyList<PortalOptions> BoundPortals { get; set; } = [];

    /// <summary>Connections that have not logged in yet.</summary>
    public int LoginsInProgress => Volatile.Read(ref _logins);

    /// <summary>Time since the server was made: the clock of every core.</summary>
    public TimeSpan Now => Time.GetElapsedTime(_start);

    /// <summary>The target ports that every target has.</summary>
    public IReadOnlyList<TargetPort> TargetPorts => [.. _groups.Select(group => new TargetPort(RelativePortOf(group), group))];

    /// <summary>Each portal group is one SCSI target port (RFC 7143 §4.4.2); relative port identifiers count from 1.</summary>
    public ushort RelativePortOf(ushort portalGroupTag) => (ushort)(Array.IndexOf(_groups, portalGroupTag) + 1);

    /// <summary>A TSIH that no session has; false when all 65535 are taken. Handles are not given again soon, so that a late peer cannot meet a stranger's session.</summary>
    public bool TryTakeTsih(out ushort tsih)
    {
        lock (_handlesGate)
        {
            for (int tries = 0; tries < ushort.MaxValue; tries++)
            {
                _lastHandle = _lastHandle == ushort.MaxValue ? (ushort)1 : (ushort)(_lastHandle + 1);
                if (_handles.Add(_lastHandle))
                {
                    tsih = _lastHandle;
                    return true;
                }
            }
        }

        tsih = 0;
        return false;
    }

    /// <summary>A connection begins (+1) or ends (-1) its login.</summary>
    public void CountLogin(int change) => Interlocked.Add(ref _logins, change);

    /// <summary>The session is gone.</summary>
    public void ReleaseTsih(ushort tsih)
    {
        lock (_handlesGate)
        {
            _handles.Remove(tsih);
        }
    }
}
