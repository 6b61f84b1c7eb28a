// Lists the bots, from the public API alone. The token comes with the link's fragment, which no server ever sees, and stays in memory.
"use strict"

const EVERY_MS = 2000
const base = new URL(".", location.href)
const state = document.getElementById("state")
const form = document.getElementById("ask")
const table = document.querySelector("table")
let token = new URLSearchParams(location.hash.slice(1)).get("token")
history.replaceState(null, "", location.pathname)

function cell(row, text, kind) {
  const td = row.insertCell()
  td.textContent = text
  if (kind) td.className = kind
}

function show(bots) {
  const body = document.createElement("tbody")
  for (const bot of bots) {
    const row = body.insertRow()
    const pnl = Number(bot.realized_pnl) + Number(bot.unrealized_pnl)
    cell(row, bot.id)
    cell(row, bot.observed, bot.observed === bot.desired ? "" : "attention")
    cell(row, bot.desired)
    cell(row, bot.trading_state)
    cell(row, bot.mode)
    cell(row, bot.strategy ?? bot.main)
    cell(row, bot.instruments.join(", "))
    cell(row, Number(bot.equity).toFixed(2), "number")
    cell(row, (pnl > 0 ? "+" : "") + pnl.toFixed(2), "number")
    cell(row, bot.cycle_count, "number")
    cell(row, bot.last_error ? `${bot.last_error.type}: ${bot.last_error.message}` : "")
  }
  table.tBodies[0].replaceWith(body)
  table.hidden = false
}

async function look() {
  const answer = await fetch(new URL("api/v1/bots?limit=1000", base), { headers: { Authorization: `Bearer ${token}` } })
  if (answer.status === 401 || answer.status === 429) {
    token = null
    throw new Error((await answer.json()).detail)
  }
  const page = await answer.json()
  show(page.items)
  const more = page.next_cursor ? ", and more" : ""
  state.textContent = `${page.items.length} bots${more}, ${new Date().toLocaleTimeString()}`
}

async function follow() {
  while (token) {
    try {
      await look()
    } catch (error) {
      state.textContent = `not reached: ${error.message}`
    }
    if (token) await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
  form.hidden = false
}

form.addEventListener("submit", (event) => {
  event.preventDefault()
  token = document.getElementById("token").value.trim()
  form.reset()
  form.hidden = true
  follow()
})
if (!token) state.textContent = "The link that styrman up printed holds the token; styrman token reset makes another."
follow()
