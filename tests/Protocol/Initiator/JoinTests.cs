using Blockwire.Protocol.Initiator;
using Blockwire.Protocol.Login;
using Blockwire.Testing;
using Blockwire.Wire;

namespace Blockwire.Protocol.Tests.InitiatorCore;

/// <summary>How many connections a session goes on asking for (RFC 7143 §6.3.4, §11.13.5).</summary>
public sealed class JoinTests
{
    private static readonly InitiatorLoginFailure _tooMany = new(LoginFailureKind.Refused, "too many connections") { Status = LoginStatus.TooManyConnections };

    [Fact]
    [Rule("7143/11.13.5")]
    public void A_target_that_takes_no_more_connections_is_asked_no_more()
    {
        InitiatorRig rig = new(level: 1, connections: 3, refuse: connection => connection.Cid == 2 ? _tooMany : null);
        rig.Pass(TimeSpan.FromSeconds(8));

        Assert.Equal(2, rig.Session.WantedConnections);
        Assert.Empty(rig.Connecting);
    }

    [Fact]
    [Rule("7143/11.13.5")]
    public void A_target_that_still_counts_a_connection_which_is_gone_is_asked_again()
    {
        InitiatorRig rig = new(level: 1, connections: 2);
        rig.Lose(rig.C1);
        rig.Pass(TimeSpan.FromSeconds(2));
        rig.AnswerLogout();
        rig.Pass(TimeSpan.FromSeconds(1));
        rig.Refuse(_tooMany);
        Assert.Empty(rig.Connecting);

        rig.Pass(TimeSpan.FromSeconds(3));
        rig.LogIn();

        Assert.Equal(2, rig.Session.Connections.Count);
    }
}
