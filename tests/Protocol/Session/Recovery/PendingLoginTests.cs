using Blockwire.Protocol.Session;
using Blockwire.Testing;

namespace Blockwire.Protocol.Tests.Session.Recovery;

/// <summary>A login that has been let in and is not answered yet continues its session, whatever becomes of the connections that it has (RFC 7143 §8.3.4).</summary>
public class PendingLoginTests
{
    [Fact]
    [Rule("7143/8.3.2#N7")]
    public void A_session_whose_last_connection_is_lost_meanwhile_waits_for_the_login()
    {
        SessionRig rig = RecoveryRig.Of(level: 2);
        rig.Do(session => session.BeginJoin(1, rig.Now, rig));
        rig.Lose(rig.Connection);
        rig.Tick(rig.Retention);
        Assert.Equal("0:T5 N2 0:T15 N5 N7 0:M1", rig.States.Take());
        rig.AddConnection(1);
        Assert.Equal("1:T5 N10", rig.States.Take());
        Assert.Null(rig.EndedWhy);
    }

    [Fact]
    [Rule("7143/8.3.2#N8")]
    public void It_ends_when_the_login_comes_to_nothing()
    {
        SessionRig rig = RecoveryRig.Of(level: 2);
        rig.Do(session => session.BeginJoin(1, rig.Now, rig));
        rig.Lose(rig.Connection);
        rig.Tick(rig.Retention);
        rig.Do(session => session.FailJoin(1, rig.Now, rig));
        Assert.Equal("0:T5 N2 0:T15 N5 N7 0:M1 N8 N6", rig.States.Take());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [Rule("7143/8.3.2#N5")]
    [Rule("7143/8.3.2#N6")]
    public void A_session_whose_only_connection_was_given_up_for_a_login_that_fails_does_not_stay_for_ever(int level)
    {
        SessionRig rig = RecoveryRig.Of(level);
        rig.Do(session => session.BeginJoin(0, rig.Now, rig));
        rig.Do(session => session.FailJoin(0, rig.Now, rig));
        rig.Tick(rig.Retention);
        Assert.Equal("0:T5 N2 0:T15 0:M2 0:M3 N5 0:M1 N6", rig.States.Take());
        Assert.NotNull(rig.EndedWhy);
    }
}
