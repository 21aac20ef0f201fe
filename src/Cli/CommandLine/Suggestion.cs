namespace Blockwire.Cli.CommandLine;

/// <summary>Guesses which word was meant.</summary>
internal static class Suggestion
{
    /// <summary>": did you mean 'X'?" for the nearest known word, or nothing when none is near.</summary>
    public static string For(string word, IEnumerable<string> known)
    {
        (string Word, int Distance)[] near =
        [
            .. known.Select(it => (Word: it, Distance: Distance(word, it)))
                .Where(it => it.Distance <= Math.Max(1, it.Word.Length / 3))
                .OrderBy(static it => it.Distance),
        ];
        return near.Length > 0 ? $": did you mean '{near[0].Word}'?" : string.Empty;
    }

    /// <summary>Letters to insert, delete, replace or swap with their neighbour to get from one word to the other.</summary>
    public static int Distance(string from, string to)
    {
        int[,] cost = new int[from.Length + 1, to.Length + 1];
        for (int i = 0; i <= from.Length; i++)
        {
            cost[i, 0] = i;
        }

        for (int j = 0; j <= to.Length; j++)
        {
            cost[0, j] = j;
        }

        for (int i = 1; i <= from.Length; i++)
        {
            for (int j = 1; j <= to.Length; j++)
            {
                int replace = char.ToLowerInvariant(from[i - 1]) == char.ToLowerInvariant(to[j - 1]) ? 0 : 1;
                cost[i, j] = Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + replace);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[from.Length, to.Length];
    }
}
