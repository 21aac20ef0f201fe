namespace Blockwire.Transport.Tests;

public sealed class SocketPollerTests
{
    [Fact(Skip = "needs epoll", SkipUnless = nameof(PolledSocketTests.IsSupported), SkipType = typeof(PolledSocketTests))]
    public async Task What_is_local_to_whoever_starts_it_does_not_flow_to_the_sockets_of_others()
    {
        AsyncLocal<string?> local = new() { Value = "of the first" };
        SocketPoller poller = SocketPoller.StartAll(1)[0];
        local.Value = null;
        TaskCompletionSource<string?> seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Readiness readiness = new();
        GoOnWith(readiness, () => seen.SetResult(local.Value));
        poller.Post(readiness);
        Assert.Null(await seen.Task.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    private static void GoOnWith(Readiness readiness, Action continuation)
    {
#pragma warning disable CA2012 // nothing but the continuation is wanted
        readiness.WaitAsync().ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(continuation);
#pragma warning restore CA2012
    }
}
