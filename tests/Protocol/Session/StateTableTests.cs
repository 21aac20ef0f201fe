using Blockwire.Protocol.Session;
using Blockwire.Testing;

namespace Blockwire.Protocol.Tests.Session;

/// <summary>The three tables of RFC 7143, typed off row by row; every pair that is not in them is refused.</summary>
public class StateTableTests
{
    [Fact]
    [Rule("7143/8.1.4")]
    [Rule("logout/L56")]
    public void A_connection_has_the_transitions_of_the_target_s_table()
    {
        Dictionary<(ConnectionState, ConnectionTransition), ConnectionState> table = new()
        {
            [(ConnectionState.Free, ConnectionTransition.T3)] = ConnectionState.TransportUp,
            [(ConnectionState.TransportUp, ConnectionTransition.T6)] = ConnectionState.Free,
            [(ConnectionState.TransportUp, ConnectionTransition.T4)] = ConnectionState.InLogin,
            [(ConnectionState.InLogin, ConnectionTransition.T7)] = ConnectionState.Free,
            [(ConnectionState.InLogin, ConnectionTransition.T5)] = ConnectionState.LoggedIn,
            [(ConnectionState.LoggedIn, ConnectionTransition.T8)] = ConnectionState.Free,
            [(ConnectionState.LoggedIn, ConnectionTransition.T9)] = ConnectionState.InLogout,
            [(ConnectionState.LoggedIn, ConnectionTransition.T11)] = ConnectionState.LogoutRequested,
            [(ConnectionState.LoggedIn, ConnectionTransition.T15)] = ConnectionState.CleanupWait,
            [(ConnectionState.InLogout, ConnectionTransition.T13)] = ConnectionState.Free,
            [(ConnectionState.InLogout, ConnectionTransition.T17)] = ConnectionState.CleanupWait,
            [(ConnectionState.LogoutRequested, ConnectionTransition.T18)] = ConnectionState.Free,
            [(ConnectionState.LogoutRequested, ConnectionTransition.T10)] = ConnectionState.InLogout,
            [(ConnectionState.LogoutRequested, ConnectionTransition.T12)] = ConnectionState.LogoutRequested,
            [(ConnectionState.LogoutRequested, ConnectionTransition.T16)] = ConnectionState.CleanupWait,
        };
        AssertTable(table, ConnectionStates.Next);
    }

    [Fact]
    [Rule("7143/8.2")]
    [Rule("logout/L56")]
    public void A_cleanup_has_the_transitions_of_its_table() => AssertTable(
        new Dictionary<(CleanupState, CleanupTransition), CleanupState>
        {
            [(CleanupState.CleanupWait, CleanupTransition.M1)] = CleanupState.Free,
            [(CleanupState.CleanupWait, CleanupTransition.M2)] = CleanupState.InCleanup,
            [(CleanupState.InCleanup, CleanupTransition.M3)] = CleanupState.CleanupWait,
            [(CleanupState.InCleanup, CleanupTransition.M4)] = CleanupState.Free,
        },
        CleanupStates.Next);

    [Fact]
    [Rule("7143/8.3.2")]
    [Rule("logout/L56")]
    public void A_session_has_the_transitions_of_the_target_s_table() => AssertTable(
        new Dictionary<(SessionState, SessionTransition), SessionState>
        {
            [(SessionState.Free, SessionTransition.N1)] = SessionState.Active,
            [(SessionState.Active, SessionTransition.N9)] = SessionState.Free,
            [(SessionState.Active, SessionTransition.N2)] = SessionState.LoggedIn,
            [(SessionState.LoggedIn, SessionTransition.N3)] = SessionState.Free,
            [(SessionState.LoggedIn, SessionTransition.N5)] = SessionState.Failed,
            [(SessionState.Failed, SessionTransition.N6)] = SessionState.Free,
            [(SessionState.Failed, SessionTransition.N7)] = SessionState.InContinue,
            [(SessionState.InContinue, SessionTransition.N8)] = SessionState.Failed,
            [(SessionState.InContinue, SessionTransition.N10)] = SessionState.LoggedIn,
            [(SessionState.InContinue, SessionTransition.N11)] = SessionState.Free,
        },
        SessionStates.Next);

    private static void AssertTable<TState, TTransition>(Dictionary<(TState, TTransition), TState> table, Func<TState, TTransition, TState> next)
        where TState : struct, Enum
        where TTransition : struct, Enum
    {
        foreach (TState from in Enum.GetValues<TState>())
        {
            foreach (TTransition transition in Enum.GetValues<TTransition>())
            {
                if (table.TryGetValue((from, transition), out TState to))
                {
                    Assert.Equal(to, next(from, transition));
                }
                else
                {
                    Assert.Throws<InvalidOperationException>(() => next(from, transition));
                }
            }
        }
    }
}
