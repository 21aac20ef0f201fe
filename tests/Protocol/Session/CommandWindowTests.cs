using Blockwire.Protocol.Session;
using Blockwire.Testing;
using Blockwire.Wire;
using FsCheck;
using FsCheck.Fluent;

namespace Blockwire.Protocol.Tests.Session;

[Rule("7143/4.2.2.1")]
public class CommandWindowTests
{
    private const int Depth = 8;

    private readonly CommandWindow _window = new(N(10), Depth);

    [Fact]
    public void Numbers_in_order_are_delivered()
    {
        for (uint n = 10; n < 14; n++)
        {
            Assert.Equal(Admission.Deliver, _window.Admit(N(n)));
        }

        Assert.Equal(N(14), _window.ExpCmdSN);
        Assert.Equal(4, _window.Running);
    }

    [Fact]
    [Rule("7143/4.2.2.1#8")]
    public void A_number_behind_a_hole_is_held_and_comes_out_when_the_hole_is_closed()
    {
        Hold(12, "c");
        Hold(11, "b");
        Assert.False(_window.TryTakeNext(out _));
        Assert.Equal(Admission.Deliver, _window.Admit(N(10)));
        Assert.Equal(["b", "c"], TakeAll());
        Assert.Equal(N(13), _window.ExpCmdSN);
        Assert.Equal(0, _window.HeldCount);
    }

    [Fact]
    [Rule("7143/4.2.2.1#11")]
    public void A_duplicate_is_ignored()
    {
        Hold(11, "b");
        Assert.Equal(Admission.Ignore, _window.Admit(N(11)));
        _ = _window.Admit(N(10));
        _ = TakeAll();
        Assert.Equal(Admission.Ignore, _window.Admit(N(10)));
        Assert.Equal(Admission.Ignore, _window.Admit(N(11)));
    }

    [Theory]
    [InlineData(9u)]
    [InlineData(18u)]
    [InlineData(0x8000_000Au)]
    public void A_number_outside_is_ignored(uint number) => Assert.Equal(Admission.Ignore, _window.Admit(N(number)));

    [Fact]
    public void The_last_number_of_the_window_is_held() => Assert.Equal(Admission.Hold, _window.Admit(_window.MaxCmdSN));

    [Fact]
    public void A_closed_window_ignores_everything_and_opens_by_one_with_each_completion()
    {
        for (uint n = 10; n < 10 + Depth; n++)
        {
            _ = _window.Admit(N(n));
        }

        Assert.Equal(_window.ExpCmdSN - 1, _window.MaxCmdSN);
        Assert.Equal(Admission.Ignore, _window.Admit(_window.ExpCmdSN));
        _window.Complete();
        Assert.Equal(_window.ExpCmdSN, _window.MaxCmdSN);
        Assert.Equal(Admission.Deliver, _window.Admit(_window.ExpCmdSN));
    }

    [Fact]
    public void A_plugged_hole_counts_as_received_and_completed()
    {
        Hold(11, "b");
        Assert.True(_window.PlugHole(N(10)));
        Assert.False(_window.PlugHole(N(10)));
        Assert.False(_window.PlugHole(N(11)));
        Assert.False(_window.PlugHole(N(9)));
        Assert.Equal(["b"], TakeAll());
        Assert.Equal(1, _window.Running);
        Assert.Equal(N(12), _window.ExpCmdSN);
    }

    [Fact]
    public void A_withdrawn_request_does_not_come_out_and_its_number_counts()
    {
        object request = new();
        Assert.Equal(Admission.Hold, _window.Admit(N(11)));
        _window.Hold(N(11), request);
        Assert.False(_window.Withdraw(N(11), new object()));
        Assert.True(_window.Withdraw(N(11), request));
        Assert.Equal(Admission.Ignore, _window.Admit(N(11)));
        Assert.Equal(Admission.Deliver, _window.Admit(N(10)));
        Assert.Empty(TakeAll());
        Assert.Equal(N(12), _window.ExpCmdSN);
        Assert.Equal(1, _window.Running);
    }

    [Fact]
    public void A_forgotten_request_leaves_its_number_missing()
    {
        Hold(11, "b");
        Hold(12, "c");
        Assert.Equal(1, _window.Forget(request => (string)request == "b"));
        Assert.Equal(1, _window.HeldCount);
        _ = _window.Admit(N(10));
        Assert.Empty(TakeAll());
        Assert.Equal(Admission.Deliver, _window.Admit(N(11)));
        Assert.Equal(["c"], TakeAll());
    }

    [Fact]
    public void The_depth_is_a_power_of_two() => Assert.Throws<ArgumentOutOfRangeException>(() => new CommandWindow(N(0), 12));

    /// <summary>Random arrivals, duplicates, plugs and completions, round the wrap at 2^32, against a set of numbers.</summary>
    [Fact]
    [Rule("7143/4.2.2.1#8")]
    [Rule("7143/4.2.2.1#9")]
    [Rule("7143/4.2.2.1#10")]
    public void It_does_what_a_set_of_numbers_would()
    {
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            Random random = new(seed);
            uint first = uint.MaxValue - (uint)random.Next(40);
            CommandWindow window = new(N(first), Depth);
            HashSet<uint> received = [];
            uint exp = first;
            int running = 0;
            for (int step = 0; step < 200; step++)
            {
                uint number = exp + (uint)random.Next(-3, Depth + 3);
                uint room = (uint)(Depth - running);
                bool inside = unchecked(number - exp) < room;
                switch (random.Next(4))
                {
                    case 0 when running > 0:
                        window.Complete();
                        running--;
                        break;
                    case 1 when random.Next(4) == 0:
                        Assert.Equal(inside && received.Add(number), window.PlugHole(N(number)));
                        break;
                    default:
                        Admission expected = !inside || received.Contains(number) ? Admission.Ignore : number == exp ? Admission.Deliver : Admission.Hold;
                        Assert.Equal(expected, window.Admit(N(number)));
                        if (expected == Admission.Hold)
                        {
                            window.Hold(N(number), number);
                            received.Add(number);
                        }
                        else if (expected == Admission.Deliver)
                        {
                            exp++;
                            running++;
                        }

                        break;
                }

                while (window.TryTakeNext(out object request))
                {
                    Assert.True(received.Remove(exp));
                    if (request is uint held)
                    {
                        Assert.Equal(exp, held);
                        running++;
                    }

                    exp++;
                }

                Assert.Equal(N(exp), window.ExpCmdSN);
                Assert.Equal(running, window.Running);
                Assert.Equal(received.Count, window.HeldCount);
                Assert.Equal(N(exp) + (uint)(Depth - running) - 1, window.MaxCmdSN);
            }
        }).QuickCheckThrowOnFailure();
    }

    private static Serial32 N(uint number) => new(number);

    private void Hold(uint number, object request)
    {
        Assert.Equal(Admission.Hold, _window.Admit(N(number)));
        _window.Hold(N(number), request);
    }

    private List<string> TakeAll()
    {
        List<string> taken = [];
        while (_window.TryTakeNext(out object request))
        {
            if (request is string text)
            {
                taken.Add(text);
            }
        }

        return taken;
    }
}
