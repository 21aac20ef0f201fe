namespace Blockwire.Transport.Tests;

/// <summary>Nothing that is told is lost, and nothing is told twice.</summary>
public sealed class ReadinessTests
{
    [Fact]
    public void What_is_told_before_a_wait_ends_it_at_once_and_only_once()
    {
        Readiness readiness = new();
        readiness.Tell();
        readiness.Tell();
        Assert.True(IsOver(readiness));
        Assert.False(IsOver(readiness));
    }

    [Fact]
    public void A_waiter_goes_on_inside_the_telling()
    {
        Readiness readiness = new();
        int thread = 0;
        Task waiting = WaitAsync();
        readiness.Tell();
        Assert.True(waiting.IsCompletedSuccessfully);
        Assert.Equal(Environment.CurrentManagedThreadId, thread);
        Assert.False(readiness.TakeBack());

        async Task WaitAsync()
        {
            await readiness.WaitAsync();
            thread = Environment.CurrentManagedThreadId;
        }
    }

    [Fact]
    public void What_is_taken_back_ends_no_wait()
    {
        Readiness readiness = new();
        Assert.False(readiness.TakeBack());
        readiness.Tell();
        Assert.True(readiness.TakeBack());
        Assert.False(IsOver(readiness));
    }

    private static bool IsOver(Readiness readiness)
    {
        ValueTask wait = readiness.WaitAsync();
        return wait.IsCompletedSuccessfully;
    }

    [Fact]
    public async Task Every_turn_of_two_threads_gets_through()
    {
        const int Turns = 100_000;
        Readiness there = new(), back = new();
        Task echo = Task.Run(async () =>
        {
            for (int i = 0; i < Turns; i++)
            {
                await there.WaitAsync();
                ThreadPool.UnsafeQueueUserWorkItem(static readiness => readiness.Tell(), back, preferLocal: true);
            }
        });
        for (int i = 0; i < Turns; i++)
        {
            there.Tell();
            await back.WaitAsync();
        }

        await echo;
    }
}
