using System.Diagnostics;

namespace Blockwire.Transport.Tests;

/// <summary>When a poller looks again before it sleeps: while that pays, and nobody else does.</summary>
public sealed class IdleSpinTests
{
    private const long Limit = 1000;
    private static readonly long _short = Stopwatch.Frequency / 20_000; // 50 us
    private static readonly long _long = Stopwatch.Frequency / 100;
    private readonly IdleSpin.Seats _seats = new(1);

    [Fact]
    public void It_sleeps_at_first_and_looks_after_some_short_waits()
    {
        IdleSpin spin = new(_seats, Limit);
        Assert.Equal(5, spin.Begin(5, 0));
        Wait(spin, _short, 4);
        Assert.Equal(5 + Limit, spin.Begin(5, 0));
    }

    [Fact]
    public void A_long_wait_ends_it()
    {
        IdleSpin spin = new(_seats, Limit);
        Wait(spin, _short, 100);
        Wait(spin, _long, 1);
        Assert.Equal(5, spin.Begin(5, 0));
    }

    [Fact]
    public void Much_data_or_a_limit_of_nothing_keeps_it_asleep()
    {
        IdleSpin spin = new(_seats, Limit);
        Wait(spin, _short, 100);
        Assert.Equal(5, spin.Begin(5, 10_000));
        IdleSpin never = new(_seats, 0);
        Wait(never, _short, 100);
        Assert.Equal(5, never.Begin(5, 0));
    }

    [Fact]
    public void Each_time_it_was_in_vain_it_takes_twice_as_many_short_waits_to_begin_again()
    {
        IdleSpin spin = new(_seats, Limit);
        foreach (int waits in (int[])[4, 8, 16, 32])
        {
            Wait(spin, _short, waits - 1);
            Assert.Equal(0, spin.Begin(0, 0));
            Wait(spin, _short, 1);
            for (int miss = 0; miss < 2; miss++)
            {
                Assert.Equal(Limit, spin.Begin(0, 0));
                spin.End(hit: false);
            }
        }
    }

    [Fact]
    public void Others_look_only_when_a_seat_is_free()
    {
        IdleSpin first = new(_seats, Limit), second = new(_seats, Limit);
        Wait(first, _short, 4);
        Wait(second, _short, 4);
        Assert.Equal(Limit, first.Begin(0, 0));
        Assert.Equal(0, second.Begin(0, 0));
        first.End(hit: true);
        Assert.Equal(Limit, second.Begin(0, 0));
    }

    private static void Wait(IdleSpin spin, long ticks, int times)
    {
        for (int i = 0; i < times; i++)
        {
            spin.Waited(ticks);
        }
    }
}
