using System.Collections.Immutable;
using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Text;
using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>From a URL to what it leads to: discovery, a session, a logical unit. ISIDs are held for as long as their sessions live.</summary>
/// <param name="settings">What to go by where the URL says nothing.</param>
public sealed class IscsiConnector(ConnectorSettings settings)
{
    private const int LunListBytes = 16 + (8 * 256);

    /// <summary>What it goes by.</summary>
    public ConnectorSettings Settings => settings;

    /// <summary>Asks a portal for targets (SendTargets, RFC 7143 §4.3 and appendix C), in a discovery session that is over when this ends.</summary>
    /// <param name="url">Where, and as whom; a target in it is not looked at.</param>
    /// <param name="target">One target only; null for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LoginFailedException">No session came about.</exception>
    /// <exception cref="CommandLostException">The target did not answer, or refused the question.</exception>
    public async Task<Discovery> DiscoverAsync(IscsiUrl url, IscsiName? target = null, CancellationToken cancellationToken = default)
    {
        ConnectedSession connected = await OpenAsync(url, null, url.Portals, alone: true, portalGroupTag: null, cancellationToken).ConfigureAwait(false);
        await using (connected.ConfigureAwait(false))
        {
            ConnectionInfo? connection = connected.Session.Connections is [{ } first, ..] ? first : null;
            PortalAddress portal = connection?.Portal ?? url.Portals[0];
            IReadOnlyList<TextPair> pairs = await connected.Session.SendTargetsAsync(target?.Text ?? "All", cancellationToken).ConfigureAwait(false);
            return SendTargetsReader.TryRead(pairs, portal, out ImmutableArray<DiscoveredTarget> targets, out ImmutableArray<string> notes, out string? why)
                ? new Discovery(portal, targets, notes, connection?.Login)
                : throw new CommandLostException(CommandFate.MayHaveRun, $"{portal}: {why}");
        }
    }

    /// <summary>Opens a session with the target of a URL, whose portals have to be of one portal group.</summary>
    /// <param name="url">It names a target.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LoginFailedException">No session came about.</exception>
    public Task<ConnectedSession> OpenSessionAsync(IscsiUrl url, CancellationToken cancellationToken = default)
    {
        return OpenAsync(url, TargetOf(url), url.Portals, alone: true, portalGroupTag: null, cancellationToken);
    }

    /// <summary>
    /// Opens the logical unit of a URL. Several portals become those of one session when they are of one portal group, else paths with a session each.
    /// </summary>
    /// <param name="url">It names a target and a LUN.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LoginFailedException">No session came about.</exception>
    /// <exception cref="ScsiException">The LUN has no logical unit.</exception>
    /// <exception cref="MultipathException">The paths lead to different units.</exception>
    public async Task<ConnectedUnit> OpenUnitAsync(IscsiUrl url, CancellationToken cancellationToken = default)
    {
        int lun = (int)(url.Lun ?? throw new ArgumentException("the URL leads to no logical unit", nameof(url)));
        _ = TargetOf(url);
        LogicalUnitSettings unitSettings = new() { Name = url.ToString(), Time = settings.Time, TimeLimit = settings.TimeLimit };
        List<ConnectedSession> sessions = await OpenGroupsAsync(url, cancellationToken).ConfigureAwait(false);
        List<SessionPath> paths = [];
        MultipathUnit? multipath = null;
        try
        {
            IScsiExecutor executor = sessions[0].Session.Unit(lun);
            if (sessions.Count > 1)
            {
                paths.AddRange(sessions.Select(static one => new SessionPath(one.Session)));
                UnitPath[] all = [.. sessions.Zip(paths, (one, path) => new UnitPath(one.Session.Options.Portals[0].ToString(), one.Session.Unit(lun), path))];
                multipath = await MultipathUnit.OpenAsync(all, new MultipathSettings { Name = url.ToString(), Time = settings.Time }, cancellationToken).ConfigureAwait(false);
                executor = multipath;
            }

            return new ConnectedUnit(await LogicalUnit.OpenAsync(executor, unitSettings, cancellationToken).ConfigureAwait(false), sessions, paths, multipath);
        }
        catch
        {
            if (multipath is not null)
            {
                await multipath.DisposeAsync().ConfigureAwait(false);
            }

            await ConnectedUnit.CloseAsync(paths, sessions).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>REPORT LUNS (SPC-4 §6.33), which LUN 0 answers whether or not there is a unit: the LUN fields of the target's units.</summary>
    /// <param name="session">A session with the target.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ScsiException">The target refuses.</exception>
    public async Task<IReadOnlyList<ulong>> ReportLunsAsync(IscsiSession session, CancellationToken cancellationToken = default)
    {
        CommandRunner runner = new(
            session.Unit(0), new LogicalUnitSettings { Name = session.Describe(), Time = settings.Time, TimeLimit = settings.TimeLimit }, onAttention: null);
        ReadOnlyMemory<byte> data = await runner.FetchAsync("REPORT LUNS", PrimaryCdbs.ReportLuns(LunListBytes), LunListBytes, cancellationToken).ConfigureAwait(false);
        uint whole = Math.Min(LunList.LengthOf(data.Span), 1u << 20);
        if (whole > LunListBytes)
        {
            data = await runner.FetchAsync("REPORT LUNS", PrimaryCdbs.ReportLuns(whole), (int)whole, cancellationToken).ConfigureAwait(false);
        }

        return LunList.Parse(data.Span, out _);
    }

    private static IscsiName TargetOf(IscsiUrl url) => url.TargetName ?? throw new ArgumentException("the URL leads to no target", nameof(url));

    private async Task<List<ConnectedSession>> OpenGroupsAsync(IscsiUrl url, CancellationToken cancellationToken)
    {
        IReadOnlyList<(ushort? Tag, ImmutableArray<PortalAddress> Portals)> groups = await GroupAsync(url, cancellationToken).ConfigureAwait(false);
        List<ConnectedSession> sessions = [];
        LoginFailedException? failed = null;
        try
        {
            foreach ((ushort? tag, ImmutableArray<PortalAddress> portals) in groups)
            {
                try
                {
                    sessions.Add(await OpenAsync(url, url.TargetName, portals, alone: groups.Count == 1, tag, cancellationToken).ConfigureAwait(false));
                }
                catch (LoginFailedException problem) when (groups.Count > 1)
                {
                    // The other paths do without it.
                    new SessionLog(settings.Logger ?? Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance).WentWrong(url.ToString(), "a path is down", problem.Message);
                    failed = problem;
                }
            }

            return sessions.Count > 0 ? sessions : throw failed!;
        }
        catch
        {
            await ConnectedUnit.CloseAsync([], sessions).ConfigureAwait(false);
            throw;
        }
    }

    // The target tells which portals are of one group; one that it does not tell of is a path of its own.
    private async Task<IReadOnlyList<(ushort? Tag, ImmutableArray<PortalAddress> Portals)>> GroupAsync(IscsiUrl url, CancellationToken cancellationToken)
    {
        if (url.Portals.Length == 1)
        {
            return [(null, url.Portals)];
        }

        Dictionary<PortalAddress, ushort> tags = [];
        try
        {
            Discovery found = await DiscoverAsync(url, url.TargetName, cancellationToken).ConfigureAwait(false);
            foreach (TargetPortal portal in found.Targets.Where(it => it.Name == url.TargetName!.Value.Text).SelectMany(static it => it.Portals))
            {
                if (portal.PortalGroupTag is { } tag)
                {
                    tags[portal.Address] = tag;
                }
            }
        }
        catch (IOException)
        {
            // Targets exist without discovery; the logins that follow say what is wrong if something is.
        }

        IEnumerable<IGrouping<string, PortalAddress>> groups = url.Portals.GroupBy(
            portal => tags.TryGetValue(portal, out ushort tag) ? tag.ToString(System.Globalization.CultureInfo.InvariantCulture) : portal.ToString());
        return [.. groups.Select(group => (tags.TryGetValue(group.First(), out ushort tag) ? tag : (ushort?)null, group.ToImmutableArray()))];
    }

    private async Task<ConnectedSession> OpenAsync(IscsiUrl url, IscsiName? target, ImmutableArray<PortalAddress> portals, bool alone, ushort? portalGroupTag, CancellationToken cancellationToken)
    {
        IscsiName initiator = url.InitiatorName ?? settings.InitiatorName;
        IsidLease lease = settings.Isids.Lease(initiator, target, portalGroupTag);
        try
        {
            IscsiSessionOptions options = Options(url, target, portals, alone) with { InitiatorName = initiator, Isid = lease.Isid };
            return new ConnectedSession(await IscsiSession.OpenAsync(options, settings.Logger, settings.Time, cancellationToken).ConfigureAwait(false), lease);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    private IscsiSessionOptions Options(IscsiUrl url, IscsiName? target, ImmutableArray<PortalAddress> portals, bool alone)
    {
        IscsiSessionOptions options = new() { Portals = portals, InitiatorName = settings.InitiatorName, Isid = default };
        InitiatorSessionOptions session = options.Session with { Connections = target is null ? 1 : settings.Connections ?? url.Connections };
        if (settings.TimeLimit is { } limit)
        {
            session = session with { CommandTimeLimit = limit, LoginTimeLimit = limit, FunctionTimeLimit = limit < session.FunctionTimeLimit ? limit : session.FunctionTimeLimit, LogoutTimeLimit = limit < session.LogoutTimeLimit ? limit : session.LogoutTimeLimit, ReplacementTimeLimit = limit };
        }

        // Where there is another path, nobody waits for this one to come back.
        session = alone ? session : session with { ReplacementTimeLimit = TimeSpan.Zero };
        return options with
        {
            TargetName = target,
            Offers = url.Offers,
            Credentials = url.Credentials ?? settings.Credentials,
            LoginQuirks = url.LoginQuirks,
            Session = session with { QueueDepth = settings.QueueDepth ?? session.QueueDepth, Quirks = url.PeerQuirks },
            CompletesInline = settings.CompletesInline,
            Tap = settings.Tap,
        };
    }
}
