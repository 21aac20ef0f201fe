using Blockwire.Protocol.Session;
using Blockwire.Testing;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>Sessions that nobody uses: what they cost, and when they are asked whether they live.</summary>
public class RestTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_tick_of_an_idle_session_allocates_nothing()
    {
        SessionRig rig = new(options: new TargetSessionOptions { IdleBeforeProbe = Timeout.InfiniteTimeSpan });

        Assert.Equal(0, Allocations.Of(() => rig.Session.OnTick(rig.Now += _second, rig)));
    }

    [Fact]
    public void A_session_is_quiet_two_seconds_after_its_last_PDU()
    {
        SessionRig rig = new();
        rig.Nop();

        Assert.False(rig.Session.IsQuiet(rig.Now + _second));
        Assert.True(rig.Session.IsQuiet(rig.Now + (2 * _second)));
    }

    [Fact]
    public void A_session_with_a_task_is_not_quiet()
    {
        SessionRig rig = new() { AutoComplete = false };
        rig.Command(new FakeCdb());

        Assert.False(rig.Session.IsQuiet(rig.Now + TimeSpan.FromHours(1)));
    }

    [Fact]
    public void What_was_let_go_is_there_again_when_it_is_needed()
    {
        SessionRig rig = new();
        rig.Command(new FakeCdb());
        rig.Take();

        rig.Session.Rest();

        uint second = rig.Command(new FakeCdb(), cmdSN: SessionRig.FirstCmdSN + 2);
        Assert.Empty(rig.Sent);
        uint first = rig.Command(new FakeCdb(), cmdSN: SessionRig.FirstCmdSN + 1);
        Assert.Equal([first, second], rig.Take().Select(static it => it.Itt));
        rig.AssertNothingLeaks();
    }

    [Fact]
    public void What_waits_is_not_let_go()
    {
        SessionRig rig = new();
        uint second = rig.Command(new FakeCdb(), cmdSN: SessionRig.FirstCmdSN + 1);

        rig.Session.Rest();

        uint first = rig.Command(new FakeCdb(), cmdSN: SessionRig.FirstCmdSN);
        Assert.Equal([first, second], rig.Take().Select(static it => it.Itt));
    }

    [Fact]
    [Rule("7143/11.19")]
    public void Sessions_that_fell_silent_together_are_not_pinged_together()
    {
        Dictionary<int, int> pings = [];
        for (ushort tsih = 1; tsih <= 2048; tsih++)
        {
            int at = SecondOfPing(new SessionRig(tsih: tsih));
            pings[at] = pings.GetValueOrDefault(at) + 1;
        }

        Assert.InRange(pings.Keys.Min(), 11, 15);
        Assert.Equal(15, pings.Keys.Max()); // the time that was asked for is never exceeded
        Assert.InRange(pings.Values.Max(), 1, 2048 / 3);
    }

    private static int SecondOfPing(SessionRig rig)
    {
        for (int second = 1; second <= 60; second++)
        {
            rig.Tick(_second);
            if (rig.Sent.Count > 0)
            {
                return second;
            }
        }

        throw new InvalidOperationException("it was never pinged");
    }
}
