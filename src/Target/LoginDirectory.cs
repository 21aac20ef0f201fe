using Blockwire.Protocol.Login;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Negotiation;
using Blockwire.Protocol.Session;
using Blockwire.Protocol.Text;
using Blockwire.Wire;

namespace Blockwire.Target;

/// <summary>The server as one connection's login and discovery see it: its targets and sessions, through the portal that the connection came by.</summary>
internal sealed class LoginDirectory(ServerContext server, TargetRegistry registry, ushort portalGroupTag, System.Net.IPEndPoint local)
    : ILoginDirectory, ISendTargets
{
    public LoginTargetFacts? FindTarget(string targetName, string initiatorName) => registry.Find(targetName) is { } node
        ? new LoginTargetFacts { PortalGroupTag = portalGroupTag, Alias = node.Alias, Authentication = node.AuthenticationOf(initiatorName) }
        : null;

    public LoginTargetFacts? FindDiscovery(string initiatorName) =>
        new() { PortalGroupTag = portalGroupTag, Authentication = registry.Discovery.AuthenticationOf(initiatorName) };

    public LoginStatus CheckExisting(in LoginCandidate candidate, out ExistingSession? session)
    {
        session = null;
        if (FindSession(candidate) is not { } served)
        {
            return LoginStatus.SessionDoesNotExist;
        }

        lock (served.Core.Gate)
        {
            LoginStatus status = served.StatusFor(candidate.Cid);
            if (status == LoginStatus.Success)
            {
                session = new ExistingSession(served.Core.Parameters, served.Core.Window.ExpCmdSN, served.Core.Window.MaxCmdSN);
            }

            return status;
        }
    }

    public LoginAdmission Admit(in LoginCandidate candidate) => candidate.Tsih == 0 ? Open(candidate) : Join(candidate);

    public IEnumerable<DiscoveredTarget> All() => registry.Targets.Select(Describe);

    public DiscoveredTarget? Find(string name) => registry.Find(name) is { } node ? Describe(node) : null;

    private LoginAdmission Open(in LoginCandidate candidate)
    {
        TargetNode? node = candidate.TargetName is { } name ? registry.Find(name) : registry.Discovery;
        if (node is null)
        {
            return LoginAdmission.Refuse(LoginStatus.TargetRemoved, "the target was removed during the login");
        }

        if (!server.TryTakeTsih(out ushort tsih))
        {
            return LoginAdmission.Refuse(LoginStatus.OutOfResources, "65535 sessions are open");
        }

        ServedSession session = new(server, node, candidate, SessionKey.Of(candidate, local), tsih);
        session.TakeSeat(candidate.Cid, this); // nobody else knows the session yet
        if (!node.Install(session))
        {
            server.ReleaseTsih(tsih);
            return LoginAdmission.Refuse(LoginStatus.AuthenticationFailure, "the session of this initiator port belongs to another CHAP user (RFC 7143/9.2)");
        }

        server.Statistics.CountSessionOpened();
        return Accept(session);
    }

    private LoginAdmission Join(in LoginCandidate candidate)
    {
        if (FindSession(candidate) is not { } session)
        {
            return LoginAdmission.Refuse(LoginStatus.SessionDoesNotExist, "the session ended during the login");
        }

        // All connections of a session have one identity (RFC 7143 §9.2).
        if (session.AuthenticatedName != candidate.AuthenticatedName)
        {
            return LoginAdmission.Refuse(LoginStatus.AuthenticationFailure, "the session belongs to another CHAP user (RFC 7143/9.2)");
        }

        ushort cid = candidate.Cid;
        LoginStatus status = LoginStatus.Success;
        session.Do((core, turn) =>
        {
            status = session.StatusFor(cid);
            if (status == LoginStatus.Success)
            {
                // Of two logins with one CID the later goes on where the earlier was: the session must not come to its end between them.
                if (!session.TakeSeat(cid, this))
                {
                    core.BeginJoin(cid, server.Now, turn);
                }

                DrainWait drain = new();
                core.AwaitEndedTasks(drain, turn);
                session.Predecessors = Task.WhenAll(session.Predecessors, drain.Over);
            }
        });
        if (status != LoginStatus.Success)
        {
            return LoginAdmission.Refuse(status, status == LoginStatus.TooManyConnections ? "the session has all its connections" : "the session ended during the login");
        }

        return Accept(session);
    }

    private static LoginAdmission Accept(ServedSession session)
    {
        lock (session.Core.Gate)
        {
            return LoginAdmission.Accept(session.Core.Tsih, session.Core.Window.ExpCmdSN, session.Core.Window.MaxCmdSN, session);
        }
    }

    private ServedSession? FindSession(in LoginCandidate candidate)
    {
        TargetNode? node = candidate.TargetName is { } name ? registry.Find(name) : registry.Discovery;
        ServedSession? session = node?.Find(SessionKey.Of(candidate, local));
        return session?.Core.Tsih == candidate.Tsih && session.Core.Type == candidate.SessionType ? session : null;
    }

    private DiscoveredTarget Describe(TargetNode node) => new(
        node.Name,
        [.. server.BoundPortals.Select(AddressOf).OfType<string>().Distinct()]);

    // A portal on every address of the machine is told as the address that this initiator reached; one of the other family is of no use to it.
    private string? AddressOf(PortalOptions portal)
    {
        System.Net.IPAddress address = portal.EndPoint.Address;
        bool any = address.Equals(System.Net.IPAddress.Any) || address.Equals(System.Net.IPAddress.IPv6Any);
        if (any && address.AddressFamily != local.AddressFamily)
        {
            return null;
        }

        System.Net.IPEndPoint told = any ? new(local.Address, portal.EndPoint.Port) : portal.EndPoint;
        return PortalAddress.From(told).ToTargetAddress(portal.PortalGroupTag);
    }
}
